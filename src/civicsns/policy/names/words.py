"""
Words that stand beside names of persons, and words that show that something else is meant.

They were written down by hand. Where a word stands in two lists, the order in which `evidence` asks decides.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What is said of a person right after the name 敬称, and of no thing.
HONORIFICS = _words("さん さま 様 氏 くん 君 ちゃん 殿 先生 両氏 夫妻 夫人 御夫妻 ご夫妻 親子 兄弟 姉妹 一家 ら")

#: Honorifics that make even a word of the dictionary a name, and after which names in kana stand.
POLITE = _words("さん さま 様 氏 殿 先生")

#: The same for children and pets, and for the figures that advertise a town.
FAMILIAR = _words("くん 君 ちゃん")

#: Offices and callings that follow a name 肩書.
TITLES = _words("""
    監督 助監督 総監督 選手 投手 捕手 内野手 外野手 主将 キャプテン コーチ 親方 関 横綱 大関 関脇 小結 名人 棋士 騎手
    九段 八段 七段 六段 五段 四段 三段 二段 初段 王位 王座 竜王 棋聖 本因坊
    社長 副社長 会長 副会長 専務 常務 取締役 頭取 総裁 理事 理事長 代表 社員 店長 支店長 支配人 会頭
    市長 副市長 町長 副町長 村長 副村長 区長 知事 副知事 議長 副議長 議員 市議 町議 県議 委員 委員長 教育長
    大統領 副大統領 首相 副首相 総理 総統 主席 大臣 外相 財務相 官房 長官 次官 大使 公使 領事 党首 幹事 幹事長 書記 書記長
    教授 准教授 助教 講師 博士 学長 総長 校長 教頭 教諭 園長 保育士 学芸員 司書 研究員
    課長 副課長 部長 次長 係長 局長 室長 所長 館長 署長 団長 隊長 班長 主任 主査 主事 主幹 参事 参与 技師 技官 係員 職員
    院長 医師 看護師 保健師 医長 薬剤師 弁護士 司法書士 行政書士 税理士 社労士 判事 検事 裁判官 容疑者 容疑 被告 受刑者
    記者 編集 編集長 画伯 師匠 師 役 プロデューサー ディレクター アナウンサー アナ キャスター マネージャー シェフ
    デザイナー カメラマン ドライバー 棟梁
    元帥 大将 中将 少将 准将 大佐 中佐 少佐 大尉 中尉 少尉 軍曹 提督 将軍 司令 司令官 艦長 機長 船長
    王 国王 皇帝 天皇 上皇 皇后 親王 内親王 殿下 陛下 王妃 女王 王女 王子 公爵 侯爵 伯爵 子爵 男爵 卿 教皇 法王 司教
    枢機卿 神父 牧師 上人 和尚 法師 大師 禅師 入道
    自身 本人 参議 公 侯 翁 嬢 女史 師範 町会長 自治会長 民生委員
    """)

#: What a private person is, said before the name: 申請者の…, 長男・….
PRIVATE_CALLINGS = _words("""
    妻 夫 父 母 兄 弟 姉 妹 息子 娘 長男 次男 三男 四男 長女 次女 三女 孫 嫁 夫人 父親 母親 祖父 祖母 叔父 叔母 伯父 伯母
    従兄 従弟 甥 姪 養子 義父 義母 義兄 義弟 実弟 実兄 実父 次弟 恋人 婚約者 愛人 友人 親友 同僚 先輩 後輩
    氏名 名前 名義 口座名義 申請 申請者 届出人 届出者 申込者 世帯主 患者 被害 被害者 加害者 容疑者 遺族 相手 相談者 利用者 入居者
    滞納者 受給者 保護者 通報者 感染者 死者 行方不明者 負傷者 要介護者 依頼者 来庁者 苦情 社員 職員 児童 生徒 学生 園児 幼児 男児
    女児 少年 少女 男性 女性 住民 市民 町民 村民 区民 隣人 宛名 宛 差出人 送付先 前科者
    """)

#: What a person is who appears in public, said before the name: 俳優の…, 市長・…, 講師：….
CALLINGS = _words("""
    俳優 女優 歌手 作家 画家 作曲家 作詞家 ライター デザイナー プロデューサー ディレクター アナウンサー キャスター タレント
    アイドル ミュージシャン ピアニスト ギタリスト ベーシスト ドラマー ボーカル ボーカリスト シンガー モデル ダンサー
    イラストレーター カメラマン ドライバー レーサー ジャーナリスト メンバー リーダー コーチ パーソナリティ コメンテーター
    主人公 ヒロイン 主役 主演 共演 出演 監修 脚本 原作 作詞 作曲 編曲 司会 声優 写真 撮影 指揮 演出 振付 振り付け 編集
    著者 著 作 文 絵 画 訳 詩人 歌人 俳人 哲学 建築 技師 科学 学者 僧 僧侶 武将 家臣 大名 藩主 軍人 忍者
    盟友 弟子 師匠 ファン 故 元 前 新 同 主催 講師 ゲスト 担当 担当者 講演 出演者 解説 聞き手 話し手 取材 受賞者 優勝者 氏
    """) | (TITLES - {"関", "公", "侯", "翁", "嬢", "容疑", "容疑者", "被告", "受刑者", "職員", "社員", "係員"})

#: Last characters of words that say what a person is: 作曲家, 保健師, 申請者.
CALLING_ENDS = frozenset("家者師員士官長役手生")

#: What makes a name that of an organisation, a prize, a work, a thing.
ORGANISATIONS = _words("""
    社 株式 有限 合同 会社 建設 組 製作 製作所 工業 電気 電機 電器 電力 電子 商店 商事 商会 製薬 製菓 製麺 自動 自動車 重工
    重工業 銀行 証券 生命 火災 産業 興業 軍 党 派 賞 杯 カップ 劇場 座 ホール 会館 美術 博物 記念 図書 財団 学園 学院
    大学 高校 高等 中学 小学校 小学 小 中 高 短大 大 病院 医院 歯科 眼科 内科 クリニック 薬局 寺 神社 宮 大社 城 家 氏族
    藩 幕府 流 系 型 級 式 効果 症候 病 法 説 法則 方程 定理 定数 計画 作戦 事件 戦争 条約 内閣 政権 体制 時代 朝 王朝 艦
    丸 号 線 ライン チーム クラブ リーグ シリーズ ブランド グループ コーポレーション インダストリー フーズ ホテル ビル
    タワー スタジアム アリーナ センター パーク ランド モール タウン ショップ カンパニー レコード レコーズ レーベル スタジオ
    プロダクション プロ 事務所 新聞 放送 テレビ ラジオ 出版 書店 書房 文庫 牛 茶 酒 焼 塗 織 漬 米 豚 鶏 酒造 醸造 水産 食品
    運輸 交通 鉄道 電鉄 バス 航空 空港 通運 海運 物産 紡績 化学 製鉄 鉄工 石油 不動産 住宅 ハウス 管 機 砲 銃 弾 車 語
    教 主義 族 勢 軍団 世代 チルドレン 現象 ショック ファンド 会 大会 オープン ボウル マラソン 鍋 汁 うどん そば ラーメン
    幼稚 保育 園 学区 踊り 音頭 祭 まつり 展 文書 文化 遺産
    """)

#: What makes a name that of a place.
PLACES = _words("""
    市 町 村 区 県 府 都 道 州 郡 国 駅 港 川 河 山 岳 湖 島 岬 峠 坂 橋 通り 通 筋 街道 街 丁目 地区 地域 地方 方面 支店 支所
    営業 店 本店 工場 町内 公園 団地 平野 盆地 半島 海岸 海峡 湾 浜 温泉 公民 公民館 地内 郷 領 宿 谷 野 台 丘 沢 原 池 沼 滝
    遺跡 古墳 断層 ダム インター インターチェンジ ジャンクション 通学 校区 中央 駅前 東 西 南 北 在住 産 間 高速 道路 連邦
    共和 王国 帝国 新田 支線 本線 出張 分館 分室 消防 交番 警察 郵便 港湾 河川 周辺 沖 側
    """)

#: Single characters that begin no given name right after a surname: words of their own.
NO_GIVEN = frozenset(
    "兼氏様君殿他等各約同両元前計全第新旧現各別著作訳役編談宅邸発着行産製型号側内外中後間時的家会社庁署課部局院校隊屋馬班室所場団連組域"
)

#: What foreign surnames end in.
NAME_ENDS = tuple(_words("ソン セン スキー ッチ マン シュタイン バーグ フ スキ ーニ ンコ ョ ラー ナー ウス"))

#: What foreign names of places, teams and firms end in.
THING_ENDS = tuple(_words("ランド ブルク ベルク トン シティ ズ ング ッツ ション イト ール ート アム ィア"))

#: Words in katakana that the dictionary knows as names of persons, and that mean a firm, a make, an illness, a sport.
THINGS = _words("""
    ローソン ディズニー ピラティス マツダ トヨタ ホンダ スズキ ヤマハ ダイハツ カワサキ ミツビシ クボタ マクドナルド ケンタッキー
    シャネル グッチ プラダ エルメス ポルシェ フェラーリ フォード ベンツ ボーイング ロールス ディーゼル モーターズ
    パーキンソン アルツハイマー ダウン ハンセン メニエール クローン ノーベル ピューリッツァー アカデミー グラミー
    カルメン ハムレット ビートルズ キリスト イエス マリア ブッダ アラー サンタ サンタクロース ピーターパン シンデレラ
    セルシウス ワット ジュール ボルト オーム ヘルツ ベクレル シーベルト アリーナ マイナ バレンタイン ハロウィーン
    """)
